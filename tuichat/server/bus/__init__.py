"""The bus: what was decided goes to whoever tells it on, in the order in which it was committed, on this node and on others."""

from tuichat.server.bus.bus import Bus, Loss, Subscriber
from tuichat.server.bus.events import Event, event, subject_id
from tuichat.server.bus.local_bus import LocalBus

__all__ = ["Bus", "Event", "LocalBus", "Loss", "Subscriber", "event", "subject_id"]
