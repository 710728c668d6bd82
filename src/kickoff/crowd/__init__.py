"""Who comes, and how do they behave?

Simulated viewers, over real HTTP or on a virtual clock, with accounts, devices, patience and habits of their own.
Entry point over HTTP: `folder.play_folder`.

`arrivals` says when people come and `people` who they are; both are pure, and the rehearsal uses them too. `life` is
one person's night as a script of acts (ask, pause), pure as well; `stage` lends each life a clock and a network. Each
person keeps a diary; `truth` adds the diaries up, and `crowd.json` is the sum. It knows nothing of the journal, so that
the one can be checked against the other. Its keys count persons, of which each is another household, unless they say
otherwise:

    came                 showed up
    joined               were given a place
    called_seen          saw their place called
    passed               were let in: by a pass or, the door open to all, by coming
    signed_in            sign-ins that ended in a session
    sign_ins_failed      sign-ins with the right password that ended in anything else: an error, no answer within 10 s
    sign_ins_deferred    sign-ins answered "ask again in a moment" (429): nothing lost, no failure
    wrong_passwords      sign-ins with a mistyped password, refused as they should be
    failed_starts        starts that failed on one delivery network
    wanted_picture       came, and did not walk off of their own will before they had a picture
    got_picture          of these, saw a first frame
    walked_off           had left when their call came, or wanted only what their offer does not hold
    black_screens        wanted a picture, were let in, met a failed start or sign-in, and saw none within 30 s of it
    thrown_out           had a picture, lost it against their will, and never got it back
    gave_up              wanted a picture and left without one: out of patience or tries, or at the whistle
    expelled             beats answered "you are not inside": a defect of the door
    reported             said what they saw; reports, not persons
    pictures_10s, _60s   had a picture 10 s and 60 s after kick-off; wall time, which on such a night is night time
    per_second_watching  had a picture at second 0, 1, 2 … of the night
    waits_ms             from the place to the pass
    to_picture_ms        from coming to the first frame, of those who saw one
    account_minutes_ms   the time that pictures moved, of everybody together
"""
