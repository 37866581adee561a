"""What bots offered while one typed is kept, so that a line may name it."""

from typing import cast

from tuichat.client.interactions import Interactions
from tuichat.client.rest import Rest
from tuichat.client.routes import Request
from tuichat.client.state import State
from tuichat.protocol.application_command import ApplicationCommand, OptionChoice
from tuichat.protocol.interaction import AutocompleteResponse, InteractionOption, InteractionRequest
from tuichat.protocol.snowflake import Snowflake

COMMAND = ApplicationCommand(
    id=Snowflake(7), application_id=Snowflake(1), version=Snowflake(1), type=1, name="deploy", integration_types=[0]
)


class AnsweringRest:
    """Answers each question of what may stand in an option with the same choice."""

    def __init__(self) -> None:
        self.interactions: Interactions | None = None

    async def perform(self, wanted: Request) -> bytes:
        assert self.interactions is not None
        assert isinstance(wanted.body, InteractionRequest)
        choices = [OptionChoice(name="The Lab", value="lab-1")]
        self.interactions.take(AutocompleteResponse(nonce=str(wanted.body.nonce), choices=choices))
        return b""


async def test_what_a_bot_offers_is_kept_by_its_option_and_name() -> None:
    rest = AnsweringRest()
    rest.interactions = interactions = Interactions(State(), cast(Rest, rest), lambda changes: None)
    inner = InteractionOption(type=3, name="where", value="th", focused=True)
    options = [InteractionOption(type=1, name="start", options=[inner])]
    assert [choice.value for choice in await interactions.complete(COMMAND, 5, options)] == ["lab-1"]
    assert interactions.learned == {(7, "where", "the lab"): "lab-1"}
