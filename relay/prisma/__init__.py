"""Prisma schemas: the language of `schema.prisma`, and whether a schema fits the relay."""
