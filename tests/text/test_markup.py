"""Chat markdown becomes blocks of spans, and nothing else can come out."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.hostile import FORBIDDEN, HOSTILE, WORD
from tuichat.text.markup import Block, CodeBlock, Mark, Paragraph, Span, beginning, parse, plain_text
from tuichat.text.message_time import Clock, distance


class Names:
    def user(self, user_id: int) -> str | None:
        return {1: "ada", 2: "[bold]eve[/]\x1b[31m"}.get(user_id)

    def role(self, role_id: int) -> str | None:
        return "reviewers" if role_id == 5 else None

    def channel(self, channel_id: int) -> str | None:
        return "general" if channel_id == 7 else None

    def is_me(self, user_id: int) -> bool:
        return user_id == 1

    def is_my_role(self, role_id: int) -> bool:
        return role_id == 5

    def colour_of_role(self, role_id: int) -> int:
        return 0xFF8800 if role_id == 5 else 0

    def colour_of_user(self, user_id: int) -> int:
        return 0


NAMES = Names()


def spans(text: str, told: Clock | None = None) -> list[Span]:
    blocks = parse(text, NAMES, told)
    assert len(blocks) == 1
    assert isinstance(blocks[0], Paragraph)
    return list(blocks[0].spans)


def shown(blocks: list[Block]) -> str:
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, CodeBlock):
            lines += block.lines
        else:
            lines.append(block.bullet + "".join(span.text for span in block.spans))
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("**x**", Mark.BOLD),
        ("*x*", Mark.ITALIC),
        ("_x_", Mark.ITALIC),
        ("__x__", Mark.UNDERLINE),
        ("~~x~~", Mark.STRIKE),
        ("`x`", Mark.CODE),
        ("``x``", Mark.CODE),
        ("||x||", Mark.SPOILER),
        ("***x***", Mark.BOLD | Mark.ITALIC),
        ("**_~~x~~_**", Mark.BOLD | Mark.ITALIC | Mark.STRIKE),
    ],
)
def test_marks(text: str, mark: Mark) -> None:
    assert spans(text) == [Span("x", mark)]


@pytest.mark.parametrize(
    "text",
    [
        "**x",
        "x**",
        "a * x *",
        "a*b",
        "snake_case_name",
        "2 * 3 * 4",
        "__init__.py is fine"[:3],
        "~~",
        "||",
        "a ** b",
        "`",
        "``",
    ],
)
def test_what_is_no_mark_stays_as_written(text: str) -> None:
    assert shown(parse(text, NAMES)) == text


def test_headings_and_small_print_are_told_apart_by_their_look() -> None:
    first = Mark.BOLD | Mark.HEADING | Mark.UNDERLINE
    assert spans("# Release *2*") == [Span("Release ", first), Span("2", first | Mark.ITALIC)]
    assert spans("### three") == [Span("three", Mark.BOLD)]
    assert spans("-# by the way") == [Span("by the way", Mark.SUBTLE)]
    assert parse("a\n> ## b", NAMES)[1] == Paragraph((Span("b", Mark.BOLD | Mark.HEADING),), is_quote=True)


@pytest.mark.parametrize("text", ["#general", "# ", "#### four", "a # b", "\\# escaped", "-#"])
def test_a_sign_that_heads_nothing_stays_as_written(text: str) -> None:
    assert shown(parse(text, NAMES)) == text.removeprefix("\\")


def test_a_command_is_named() -> None:
    assert spans("</deploy now:12345>") == [Span("/deploy now", Mark.MENTION, "/deploy now")]
    assert shown(parse("</deploy:x>", NAMES)) == "</deploy:x>"


def test_code_as_the_text_of_a_link_has_no_ticks() -> None:
    assert spans("[`abc123`](https://example.org/c)")[0] == Span("abc123", Mark.LINK, "https://example.org/c")


def test_marks_run_over_lines() -> None:
    first, second = parse("**a\nb**", NAMES)
    assert isinstance(first, Paragraph)
    assert isinstance(second, Paragraph)
    assert first.spans == (Span("a", Mark.BOLD),)
    assert second.spans == (Span("b", Mark.BOLD),)


def test_an_escaped_sign_is_literal() -> None:
    assert shown(parse(r"\*not italic\*", NAMES)) == "*not italic*"


def test_a_code_block_keeps_its_text_and_language() -> None:
    before, block, after = parse("see\n```python\nx = **1**\n\n  y\n```\ndone", NAMES)
    assert before == Paragraph((Span("see"),))
    assert block == CodeBlock(("x = **1**", "", "  y"), "python")
    assert after == Paragraph((Span("done"),))


def test_quotes() -> None:
    blocks = parse("> a\nb", NAMES)
    assert blocks == [Paragraph((Span("a"),), is_quote=True), Paragraph((Span("b"),))]
    assert all(isinstance(block, Paragraph) and block.is_quote for block in parse(">>> a\nb\nc", NAMES))


def test_mentions_in_words() -> None:
    assert spans("<@1>") == [Span("@ada", Mark.MENTION | Mark.MENTION_OF_ME, "1")]
    assert spans("<@!9>") == [Span("@unknown-user", Mark.MENTION, "9")]
    assert spans("<@&5>") == [Span("@reviewers", Mark.MENTION | Mark.MENTION_OF_ME, colour=0xFF8800)]
    assert spans("<#7>") == [Span("#general", Mark.CHANNEL, "7")]
    assert spans("<:party:12>") == [Span(":party:", Mark.EMOJI, "12")]
    assert spans("<a:dance:12>") == [Span(":dance:", Mark.EMOJI, "a12")]


def test_a_name_in_a_mention_is_data() -> None:
    (span,) = spans("<@2>")
    assert span.text == "@[bold]eve[/]␛[31m"


def test_a_link_tells_its_real_host_where_it_could_deceive() -> None:
    assert spans("https://example.org/a") == [Span("https://example.org/a", Mark.LINK, "https://example.org/a")]
    masked = spans("[your bank](https://evil.example/x)")
    assert [span.text for span in masked] == ["your bank", " (evil.example)"]
    with_user = spans("https://paypal.com@evil.example/")
    assert with_user[-1].text == " (evil.example)"
    cyrillic = spans("https://\u0430pple.com/")
    assert cyrillic[-1].text == " (xn--pple-43d.com)"
    assert cyrillic[0].target.isascii()


def test_a_bare_address_ends_where_the_sentence_does() -> None:
    assert spans("(see https://example.org/a_(b)).")[1].text == "https://example.org/a_(b)"
    assert spans("https://example.org, and")[0].text == "https://example.org"


def test_no_mentions_or_marks_inside_code() -> None:
    assert spans("`<@1> **x**`") == [Span("<@1> **x**", Mark.CODE)]


def test_plain_text_hides_spoilers_and_marks() -> None:
    assert plain_text("**a** ||secret|| <@1>\n```\ncode\n```", NAMES) == "a ▒▒▒ @ada code"


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_only_text(kind: str) -> None:
    text = shown(parse(HOSTILE[kind], NAMES))
    assert FORBIDDEN & set(text) <= {"\n"}
    assert WORD in text


SIGNS = [*"ab *_~`|<>@#!&1257:[]()\\\n/.", "https://x.y", "```", "<@1>", "||", "***"]
MARKED = st.lists(st.sampled_from(SIGNS), max_size=80).map("".join)


@settings(deadline=None)
@given(MARKED | st.text(st.characters(codec=None), max_size=60))
def test_parse_never_fails_and_every_span_is_safe(text: str) -> None:
    for block in parse(text, NAMES):
        if isinstance(block, CodeBlock):
            assert not any(FORBIDDEN & set(line) for line in block.lines)
        else:
            for span in block.spans:
                assert span.text
                assert not FORBIDDEN & set(span.text)
                assert not FORBIDDEN & set(span.target)


@given(st.text(st.sampled_from("abc 123.,"), max_size=50))
def test_text_without_signs_comes_out_as_it_went_in(text: str) -> None:
    assert shown(parse(text, NAMES)) == text


def test_code_may_stand_in_a_quote() -> None:
    code = CodeBlock(("x = 1", "", "> y"), "py", is_quote=True)
    above, below = Paragraph((Span("look:"),), is_quote=True), Paragraph((Span("so"),), is_quote=True)
    quoted = "> look:\n> ```py\n> x = 1\n> \n> > y\n> ```\n> so"
    assert parse(quoted, NAMES) == [above, code, below]
    assert parse(f"{quoted}\nwell", NAMES) == [above, code, below, Paragraph((Span("well"),))]
    assert parse(">>> look:\n```py\nx = 1\n\n> y```so", NAMES) == [above, code, below]


def test_a_quote_sign_within_code_is_code() -> None:
    assert parse("```\n> a\n```\n> b", NAMES) == [CodeBlock(("> a",)), Paragraph((Span("b"),), is_quote=True)]
    assert parse("x ```a b\n> b``` y", NAMES) == [
        Paragraph((Span("x "),)),
        CodeBlock(("a b", "> b")),
        Paragraph((Span(" y"),)),
    ]


def test_code_that_begins_in_a_quote_ends_with_it() -> None:
    assert [block.is_quote for block in parse("> ```\nx\n```", NAMES)] == [True, False, False]


def test_blank_lines_between_blocks_stay() -> None:
    text = "a\n\n> q\n\n> r\n\n```c```\n\n```d```\n\nb"
    assert shown(parse(text, NAMES)) == "a\n\nq\n\nr\n\nc\n\nd\n\nb"
    assert shown(parse("```c```\n```d```\nb", NAMES)) == "c\nd\nb"
    assert parse("", NAMES) == [Paragraph(())]


def test_a_moment_is_told_by_its_style() -> None:
    moment = datetime(2026, 11, 19, 21, 5, 9).astimezone()
    sign = f"<t:{int(moment.timestamp())}"
    half = Clock(moment.date(), is_12h=True, now=moment + timedelta(hours=3, seconds=5))
    assert [span.text for style in "tTdDfFR" for span in spans(f"{sign}:{style}>", half)] == [
        "9:05 pm",
        "9:05:09 pm",
        "2026-11-19",
        "19 November 2026",
        "19 November 2026 9:05 pm",
        "Thursday, 19 November 2026 9:05 pm",
        "3 hours ago",
    ]
    assert [span.text for span in spans(f"{sign}:R>")] == ["19 November 2026 21:05"]
    assert [span.text for span in spans(f"{sign}:T>")] == ["21:05:09"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "in less than a minute"),
        (-1, "less than a minute ago"),
        (60, "in 1 minute"),
        (-119, "1 minute ago"),
        (2 * 3600, "in 2 hours"),
        (-25 * 3600, "1 day ago"),
        (40 * 86400, "in 1 month"),
        (-800 * 86400, "2 years ago"),
    ],
)
def test_a_distance_in_words(seconds: int, words: str) -> None:
    now = datetime(2026, 11, 19, tzinfo=UTC)
    assert distance(now + timedelta(seconds=seconds), now) == words


@pytest.mark.parametrize(
    "sign", ["*", "**", "_", "~~", "||", "`", "```", "[", "[a](", "<@", "> ", "https://", "\\", "*a ", "**a**"]
)
def test_a_message_full_of_signs_takes_no_time(sign: str) -> None:
    began = time.perf_counter()
    parse(sign * (12_000 // len(sign)), NAMES)
    assert time.perf_counter() - began < 1.5


def test_items_have_their_signs_by_depth_and_numbers_stay() -> None:
    blocks = parse("- a\n  - b\n* c\n10. d", NAMES)
    assert [(block.bullet, block.indent) for block in blocks if isinstance(block, Paragraph)] == [
        ("• ", 2),
        ("◦ ", 4),
        ("• ", 2),
        ("10. ", 4),
    ]
    assert [block.spans[0].text for block in blocks if isinstance(block, Paragraph)] == ["a", "b", "c", "d"]


def test_a_dash_or_a_number_alone_is_no_item() -> None:
    assert all(isinstance(block, Paragraph) and not block.bullet for block in parse("-\n-5\n*a*\n3.14", NAMES))


def test_a_role_is_mentioned_in_its_colour() -> None:
    (block,) = parse("<@&5>", NAMES)
    assert isinstance(block, Paragraph)
    assert block.spans[0].colour == 0xFF8800


def test_headings_differ_by_level() -> None:
    one, two, three = (
        block.spans[0].mark for block in parse("# a\n## b\n### c", NAMES) if isinstance(block, Paragraph)
    )
    assert Mark.UNDERLINE in one
    assert Mark.HEADING in two
    assert Mark.UNDERLINE not in two
    assert Mark.HEADING not in three
    assert Mark.BOLD in three


def test_a_message_is_read_before_it_is_cut() -> None:
    assert beginning(f"so ||{'the butler ' * 300}|| did it", NAMES, 10) == "so ▒▒▒ did"
