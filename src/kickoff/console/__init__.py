"""What does the operator see, and what may they do?

The night live in the browser, the acts that pause or cap the door, and the notice to viewers. Entry point:
`service.serve_console`.

The console reads the house from the door twice a second and the evening from the journal every few seconds. What it
does, it does through the door's signed operator endpoint; besides, it keeps the public status page, a folder of files.
When the door is silent the console says since when and shows the journal; when the console dies nothing else notices.

Every part of the screen is rendered here, once, and sent whole: as a page, and again as a fragment when it changes. So
the page reads the same without JavaScript.

    accounts.py   who may operate            sessions.py, attempts.py   how they stay in, how others stay out
    door_link.py  the door's two paths       watch.py       the last word of the door and the journal
    answerer.py   a process that reads the journal          curves.py      the evening second by second
    publishing.py what notice shall stand, pure             desk.py        who brings the door to it
    statuspage.py when the public page is written           reports.py     what viewers say that they see
    view.py       values as words and numbers               http.py        the paths
"""
