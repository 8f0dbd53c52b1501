"""Files that pages use: fingerprints, images, social cards."""
