"""Masks personal data and secrets before anything is shared, and checks the result.

Tokens, addresses and telephone numbers have recognizable patterns and are masked. Each submitter is replaced by an
alias, which is the same in everything shared from a project. Aliases are derived from a salt that never leaves the data
folder. Names of people have no pattern and stay: sharing free text means sharing what people wrote.

======================  ===============================================================================================
module                  what it covers
======================  ===============================================================================================
`folding`               all spellings of a character as one
`finders`               finding candidates in time linear in the text
`searches`              threads that keep the patterns that they search for prepared
`shields`               text that only looks personal: dates, prices, versions, order numbers
`api_keys`              API keys, by format and by name
`passwords`             passwords that are named or passed to a command
`login_pairs`           passwords beside a user name or address
`one_time_codes`        PINs and one-time codes
`keywords`              words that announce a secret, and the words after them
`secret_shapes`         what passwords and keys look like
`web`                   URLs, file paths, IP and MAC addresses
`contacts`              e-mail addresses
`phones`                telephone numbers
`identifiers`           card numbers, bank accounts, national ID numbers
`belongings`            days of birth, plates of vehicles, codes of vouchers
`aliases`               aliases of submitters
`masking`               all of these, applied to a column of texts
`frames`                masking a frame
`leaks`                 the final check of finished files
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
