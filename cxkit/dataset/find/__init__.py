"""Find a data set: files, frames, a database or an address, and the settings that go with them."""
