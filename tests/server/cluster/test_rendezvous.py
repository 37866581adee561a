"""Which node should own which guild: evenly, and few move."""

from tuichat.server.cluster.rendezvous import misplaced, preferred

GUILDS = range(1 << 60, (1 << 60) + 6000)
NODES = ["0a", "1b", "2c"]


def shares(nodes: list[str]) -> dict[int, str | None]:
    return {guild_id: preferred(guild_id, nodes) for guild_id in GUILDS}


def test_guilds_are_shared_evenly() -> None:
    owners = list(shares(NODES).values())
    assert all(1900 < owners.count(node) < 2100 for node in NODES)


def test_a_new_node_takes_its_share_and_nothing_else_moves() -> None:
    before, after = shares(NODES), shares([*NODES, "3d"])
    moved = [guild_id for guild_id in GUILDS if before[guild_id] != after[guild_id]]
    assert 1400 < len(moved) < 1600
    assert {after[guild_id] for guild_id in moved} == {"3d"}


def test_only_the_guilds_of_a_node_that_went_move() -> None:
    before, after = shares(NODES), shares(NODES[:2])
    assert all(before[guild_id] == "2c" for guild_id in GUILDS if before[guild_id] != after[guild_id])


def test_the_order_of_nodes_does_not_matter() -> None:
    assert shares(NODES) == shares(NODES[::-1])


def test_what_another_should_own_is_misplaced() -> None:
    owners = shares(NODES)
    assert misplaced(GUILDS, "0a", NODES) == [guild_id for guild_id in GUILDS if owners[guild_id] != "0a"]
    assert misplaced(GUILDS, "0a", ["0a"]) == []
    assert preferred(1, []) is None
