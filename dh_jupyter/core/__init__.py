"""A DigitalHub Core on another machine, over its own API: entities and runs are Core's, and runs execute there.

`account` says where it is and who asks, `http` asks, `documents` translates (pure), `numbers` counts versions. `catalogue`
and `runs` answer what our handlers ask of a catalogue and of runs, from what Core says.
"""
