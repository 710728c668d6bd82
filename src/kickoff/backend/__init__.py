"""What is being protected?

The sample streaming service: subscribers, sign-in, stream limits, live channels, in a process of real capacity. Entry
point: `service.serve(folder, settings)`.

Its overload is real. A sign-in costs one argon2id check (19 MiB, two passes: some 21 ms of a core), so that one core
carries about 45 a second and no more; the rest stands in a queue, as it does in a service that never met a crowd. Live
playlists and segments share that core. Once a second the service states its health: how many calls a second it *has
been seen* to carry, never a number from a file.

    subscribers.py  who has an account          sign_in.py   the queue and the threads that check passwords
    gauge.py        capacity from what was done  faults.py    what the night file says breaks, and when
    film.py         ffmpeg makes the channels    picture.py   what is drawn in them
    playlists.py    the live window, as text     playback_tokens.py   who may fetch it
    burner.py       loses processor time on purpose             http.py   the paths
"""
