"""``python -m seggwat_nb.cli``."""

from seggwat_nb.cli import main

if __name__ == "__main__":
    main()
