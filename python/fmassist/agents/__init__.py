"""FMAssist for agents and other programs: the use cases as tools of the Model Context Protocol."""
