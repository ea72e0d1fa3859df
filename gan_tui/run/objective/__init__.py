"""Which GAN loss a run is trained with."""
