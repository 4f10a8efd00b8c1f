"""Figures of the running pipeline for Prometheus."""
