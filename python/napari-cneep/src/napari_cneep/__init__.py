"""Show entropy production and dissipation maps in napari."""

__version__ = "0.1.0"
