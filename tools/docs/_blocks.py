"""The generated blocks of a page.

A block stands between `<!-- generated: NAME -->` and the next `<!-- end of generated -->`.
"""

import re
from collections.abc import Callable
from typing import Final

END: Final = "<!-- end of generated -->"
_BLOCK: Final = re.compile(rf"^<!-- generated: ([^\n]+) -->\n.*?^{END}$", re.MULTILINE | re.DOTALL)


def with_blocks(page: str, text_of: Callable[[str], str | None]) -> str:
    """Return a page with its blocks written again; a block whose text is None stays as it is."""

    def generated(block: re.Match[str]) -> str:
        text = text_of(block[1])
        return block[0] if text is None else f"<!-- generated: {block[1]} -->\n\n{text}\n\n{END}"

    return _BLOCK.sub(generated, page)
