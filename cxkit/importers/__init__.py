"""Files of other tools, brought into the contract tables by column maps. docs/importing.md says how."""
