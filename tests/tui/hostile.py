"""What strangers may write to take over a terminal, a layout or a reader: shown on every pane by the tests."""

# Every text holds this word, so that a test can tell that the text was shown at all.
WORD = "qwx"

HOSTILE = {
    "clear the screen": f"\x1b[2J\x1b[H{WORD}",
    "colours": f"\x1b[31;41m{WORD}\x1b[0m",
    "window title": f"\x1b]0;owned\x07{WORD}",
    "clipboard": f"\x1b]52;c;b3duZWQ=\x07{WORD}",
    "link": f"\x1b]8;;http://evil.example/\x1b\\{WORD}\x1b]8;;\x1b\\",
    "device control": f"\x1bP+q544e\x1b\\{WORD}",
    "report status": f"\x1b[6n\x1b[c\x1b[>q{WORD}",
    "cut short": f"{WORD}\x1b[",
    "C1": f"{WORD}\x9b31m\x9d0;owned\x9c",
    "C0": "".join(map(chr, range(0x20))) + WORD + "\x7f",
    "line breaks": f"{WORD}\r\v\f\x1c\x1d\x1e\x85\u2028\u2029end",
    "backspaces": f"{WORD}\b\b\bend",
    "NUL": f"\0{WORD}\0",
    "bidi override": f"\u202e{WORD}\u202c",
    "bidi isolates": f"\u2066\u2067\u2068{WORD}\u2069",
    "bidi marks": f"\u200e\u200f\u061c{WORD}",
    "zero width": f"q\u200bw\u200dx\u2060\ufeff \u00ad{WORD}",
    "tags": f"{WORD}\U000e0041\U000e0042\U000e007f",
    "fillers": f"\u3164\u115f\u1160\uffa0{WORD}\u2800",
    "variation selectors": f"{WORD}\ufe0f\u2764\ufe0f\U000e0100",
    "combining flood": f"{WORD}" + "\u0301" * 400,
    "lonely marks": "\u0301\u0302" + WORD,
    "lone surrogates": f"\ud800{WORD}\udfff",
    "noncharacters": f"\ufffe{WORD}\uffff\U0010ffff\U000fffff",
    "unassigned": f"{WORD}\u0378\U000abcde",
    "rich markup": f"[bold red]{WORD}[/bold red][@click=app.quit()]x[/]",
    "textual markup": f"[$accent on red]{WORD}[/] [link='http://evil.example']y[/link]",
    "broken markup": f"[/]{WORD}[[/b][",
    "format": f"{WORD} %s %(x)s {{0}} {{x!r}}",
    "emoji sequences": f"\U0001f468\u200d\U0001f469\u200d\U0001f467{WORD}\U0001f44d\U0001f3fd\U0001f1e9\U0001f1ea1\ufe0f\u20e3",
    "wide": WORD + "\u6f22\u5b57\uff21" * 20,
    "arabic": f"{WORD} \u0645\u0631\u062d\u0628\u0627 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "only invisible but for a word": f"\u200b\u2060\u200b{WORD}",
    "very long word": WORD + "w" * 4000,
    "many lines": "\n".join(f"{WORD} {number}" for number in range(100)),
    "markdown flood": WORD + "*" * 500 + "_" * 500 + "`" * 500 + "|" * 501 + "~" * 500,
    "nested marks": WORD + "".join("**_~~||"[index % 7 :] for index in range(200)),
    "mentions": f"{WORD} <@{10**19}> <@&0> <#99999999999999999999> <t:99999999999999:F> <t:-1> @everyone",
    "deceiving links": f"{WORD} https://paypal.com@evil.example/ [https://bank.example](https://evil.example/x) https://\u0430pple.com/",
    "broken links": f"{WORD} https://[::1 https://[x](http://) http://%00 https://\x1b]8;;x\x07",
}

# What must never be among the characters that a pane shows.
FORBIDDEN = frozenset(
    [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
    + [chr(code) for code in (0x61C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF, 0xAD, 0x3164, 0x115F, 0x1160)]
    + [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xE0000, 0xE0080))]
    + [chr(code) for code in range(0xD800, 0xE000)]
)
