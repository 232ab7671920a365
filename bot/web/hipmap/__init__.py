"""Hip map: places to tap on a drawing, what the articles say of each, and what a runner may ask about it."""

from bot.web.hipmap.areas import Area, load_areas
from bot.web.hipmap.panels import Panel, Panels
from bot.web.hipmap.routes import routes

__all__ = ["Area", "Panel", "Panels", "load_areas", "routes"]
