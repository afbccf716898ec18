"""The steps. Each names the one before it: `down_revision`. There is no way back but a backup."""
