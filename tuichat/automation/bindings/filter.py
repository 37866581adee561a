"""Whether an event is one that a binding is for."""

from tuichat.automation.bindings import fields
from tuichat.automation.records import AnyRecord, MessageRecord, Place, ReactionRecord
from tuichat.commands.pattern_search import PatternSearch
from tuichat.config.binding import Binding


class Filter:
    """One binding's. Whoever makes it calls `close` in the end."""

    def __init__(self, binding: Binding, default_guild: str = "") -> None:
        self._binding = binding
        self._default_guild = default_guild.casefold()
        self._search = PatternSearch(binding.match)

    def may_fit(self, record: AnyRecord) -> bool:
        """Whether all fits but the pattern, which takes a moment, and whose doing it was."""
        binding = self._binding
        if binding.event not in fields.event_names(record):
            return False
        if binding.kinds and fields.kind(record) not in binding.kinds:
            return False
        if binding.senders:
            who = fields.person(record)
            if who is None or not {who.username.casefold(), who.id} & set(binding.senders):
                return False
        if binding.emojis and (not isinstance(record, ReactionRecord) or record.emoji not in binding.emojis):
            return False
        where = fields.place(record)
        if binding.places and binding.event != "schedule":
            return where is not None and self._is_there(where, str(getattr(record, "account", "")))
        return True

    async def fits(self, record: AnyRecord) -> bool:
        """Whether the pattern is found, too. Raises CommandError where it takes too long."""
        return not isinstance(record, MessageRecord) or await self._search.search(record.text)

    async def close(self) -> None:
        await self._search.close()

    def _is_there(self, where: Place, account: str) -> bool:
        """Whether an event's place has one of the addresses; #NAME alone is of the usual server, or of any."""
        names = {where.id, where.address}
        if where.guild is not None:
            names |= {f"{where.guild.name}/#{where.name}", f"{where.guild.id}/#{where.name}"}
            if self._default_guild in ("", where.guild.name.casefold(), where.guild.id):
                names.add(f"#{where.name}")
        elif where.name:
            names.add(f"@{where.name}")
        names |= {f"{account}:{name}" for name in names}
        folded = {name.casefold() for name in names}
        return any(place.casefold() in folded for place in self._binding.places)
