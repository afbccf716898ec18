"""The operators' page: server-rendered HTML that works without scripts; one script refreshes it."""
