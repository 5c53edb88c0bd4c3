"""HTML that means the same is equal, and HTML that could do something is named."""

import pytest

from streamproof.harness.verify.stored.html_document import dangers, document


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<p>it\'s "so"</p>\n', "<p>it&#39;s &quot;so&quot;</p>"),
        ("<p>a</p>\n<ul>\n<li>b</li>\n</ul>\n", "<p>a</p><ul><li>b</li></ul>"),
        ('<a href="https://a.b/">x</a>', '<a class="l" href="https://a.b/" rel="nofollow">x</a>'),
        ('<td align="right">1</td>', '<td style="text-align: right">1</td>'),
        ("<h2>Leave</h2>", '<h2 id="leave">Leave</h2>'),
        ('<code class="language-py">x</code>', "<code>x</code>"),
        ('<pre><span class="k">def</span> f</pre>', "<pre>def f</pre>"),
        ("a<br>\nb", "a<br/>b"),
        ("<s>x</s>", "<del>x</del>"),
    ],
)
def test_spellings_of_one_document_are_equal(one, other):
    assert document(one) == document(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a b</p>", "<p>ab</p>"),
        ("<p><em>a</em> <em>b</em></p>", "<p><em>a</em><em>b</em></p>"),
        ("<p>&lt;b&gt;</p>", "<p><b></b></p>"),
        ("<ul><li>a</li></ul>", "<ol><li>a</li></ol>"),
        ('<a href="https://a.b/">x</a>', '<a href="https://a.c/">x</a>'),
        ('<a href="https://a.b/">x</a>', "x"),
        ("<pre><code>a\n  b</code></pre>", "<pre><code>a b</code></pre>"),
        ('<ol start="3"><li>a</li></ol>', "<ol><li>a</li></ol>"),
    ],
)
def test_other_text_structure_or_links_are_different(one, other):
    assert document(one) != document(other)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>a &lt;script&gt; <a href='https://a.b/'>x</a> <a href='/y'>y</a></p>", []),
        ('<h2 id="a" class="b" data-x="1"><span style="color:red">x</span></h2>', []),
        ("<script>alert(1)</script>", ["the element <script>"]),
        ('<img src="https://a.b/">', ["the element <img>"]),
        ("<!--><img src=x>-->", ["the element <img>"]),
        ("<!---><img src=x>-->", ["the element <img>"]),
        ("<!-- --!><img src=x> -->", ["the element <img>"]),
        ("<![CDATA[><img src=x>]]>", ["the element <img>"]),
        ("<!-- <img src=x> --><p>&lt;img src=x&gt;</p>", []),
        ('<ul><li><input type="checkbox" disabled> a</li></ul>', []),
        ("<p style=\"background:image-set('//a.b' 1x)\">a</p>", ["a style that loads a URL"]),
        ('<p style="background:u\\72l(//a.b)">a</p>', ["a style that loads a URL"]),
        ('<p onclick="x()">a</p>', ["the attribute onclick"]),
        ('<a href="javascript:x()">a</a>', ["a link to javascript:"]),
        ('<a href=" java\nscript:x()">a</a>', ["a link to javascript:"]),
        ('<a href="&#106;avascript:x()">a</a>', ["a link to javascript:"]),
        ('<p style="background: URL(//a.b)">a</p>', ["a style that loads a URL"]),
        ("<SCRIPT>x</SCRIPT><script>y</script>", ["the element <script>"]),
    ],
)
def test_parts_that_run_or_load_are_named(html, found):
    assert list(dangers(html)) == found


@pytest.mark.parametrize("part", ["a", " ", "a ", ":", "a:", "1.", "< ", "&lt;p", "='", "\0"])
def test_a_long_text_takes_a_time_in_proportion(part):
    html = f"<p>{part * 100_000}</p>"
    assert document(html).startswith("<p>")
    assert list(dangers(html)) == []
