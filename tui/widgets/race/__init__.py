"""The widgets of a race: lanes, workers, score."""
