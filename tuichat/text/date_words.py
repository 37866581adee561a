"""Dates with the names of days and months in the user's language; strftime knows those of the system's locale alone."""

from datetime import date

from tuichat.translation import N_, _

DAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
SHORT_MONTHS = (
    N_("Jan"),
    N_("Feb"),
    N_("Mar"),
    N_("Apr"),
    N_("May"),
    N_("Jun"),
    N_("Jul"),
    N_("Aug"),
    N_("Sep"),
    N_("Oct"),
    N_("Nov"),
    N_("Dec"),
)


def date_words(moment: date, pattern: str) -> str:
    """Return a moment by a pattern of strftime, of which %A, %B and %b are said in the user's language."""
    for sign, names, number in (
        ("%A", DAYS, moment.weekday()),
        ("%B", MONTHS, moment.month - 1),
        ("%b", SHORT_MONTHS, moment.month - 1),
    ):
        pattern = pattern.replace(sign, _(names[number]).replace("%", "%%"))
    return moment.strftime(pattern)
