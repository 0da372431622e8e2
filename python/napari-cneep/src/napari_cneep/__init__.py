"""Show entropy production and dissipation maps in napari."""

__version__ = "0.2.0"
