// Gives the schema engine an adapter that can read the catalogues of PostgreSQL.
// They have columns of the type "char", which @prisma/adapter-pg does not know. Its name for the
// array of this type stands in their place, since the engine asks for no such array.
import { PrismaPg } from "@prisma/adapter-pg";
import { ColumnTypeEnum } from "@prisma/driver-adapter-utils";

const CHAR = 18; // in the catalogue pg_type
const CHAR_ARRAY = 1002;

export class PrismaPgWithCatalogues extends PrismaPg {
  async connect() {
    const adapter = await super.connect();
    changeResult(adapter.client, "query", ({ fields }) => {
      for (const field of fields ?? []) {
        if (field.dataTypeID === CHAR) field.dataTypeID = CHAR_ARRAY;
      }
    });
    changeResult(adapter, "queryRaw", (result) => {
      result.columnTypes = result.columnTypes.map((type) =>
        type === ColumnTypeEnum.CharacterArray ? ColumnTypeEnum.Character : type,
      );
    });
    return adapter;
  }
}

function changeResult(owner, method, change) {
  const original = owner[method].bind(owner);
  owner[method] = async (...words) => {
    const result = await original(...words);
    change(result);
    return result;
  };
}
