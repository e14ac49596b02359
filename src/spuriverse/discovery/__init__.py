"""From errors to verified types: curation, review, synthesis, verification."""
