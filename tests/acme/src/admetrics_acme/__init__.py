"""Acme files for admetrics: the lake, and the warehouse with its dimensions."""

from typing import Final

from admetrics.ports.adapter import Adapter

ADAPTERS: Final = (
    Adapter("lake", "acme://", "admetrics_acme.lake:AcmeLake.open", offers=("embedded",)),
    Adapter("warehouse", "acme://", "admetrics_acme.warehouse:AcmeWarehouse.open"),
    Adapter("dimensions", "acme://", "admetrics_acme.store:open_dimensions"),
)
