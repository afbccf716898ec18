"""A board made of software: bootloader, flash chip, I2C chips, power. See README.md beside this."""
