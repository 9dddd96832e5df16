"""``python -m seggwat_nb``: the command line where the folder of scripts is not on the path."""

from seggwat_nb.cli import main

if __name__ == "__main__":
    main()
