"""What strangers wrote and who they are, hidden before anything leaves for other people; and a last look at the result.

A token, an address or a telephone number has a form and is masked; a submitter becomes an alias, the same in everything
shared of a project, from a salt that lies in the data folder and never leaves it. Names of people have no form and stay:
whoever shares free text shares what people wrote.

======================  ===============================================================================================
module                  what it knows
======================  ===============================================================================================
`folding`               all spellings of a sign as one
`finders`               how candidates are found in time linear in the text
`shields`               what only looks personal: dates, prices, versions, order numbers
`api_keys`              keys of programs, by form and by name
`passwords`             passwords that are named or given to a command
`one_time_codes`        PINs, and codes that people were sent
`keywords`              words that announce a secret, and what stands behind them
`secret_shapes`         what passwords and keys look like
`web`                   addresses of pages and machines
`contacts`              e-mail addresses and telephone numbers
`identifiers`           cards, bank accounts, numbers that states give people
`aliases`               submitters under other names
`masking`               all of these over one column of texts
`frames`                over a frame
`leaks`                 the last look at finished bytes
======================  ===============================================================================================
"""

from __future__ import annotations

from seggwat_nb.share.privacy.aliases import People, salt
from seggwat_nb.share.privacy.frames import (
    SMALLEST_GROUP,
    as_text,
    describe_filter,
    describe_masking,
    mask,
    mask_filter,
    mask_path,
    mask_text,
    merge_small,
    submitters,
)
from seggwat_nb.share.privacy.masking import WITHHELD, mask_texts
from seggwat_nb.text import MARK

__all__ = [
    "MARK",
    "SMALLEST_GROUP",
    "WITHHELD",
    "People",
    "as_text",
    "describe_filter",
    "describe_masking",
    "mask",
    "mask_filter",
    "mask_path",
    "mask_text",
    "mask_texts",
    "merge_small",
    "salt",
    "submitters",
]
