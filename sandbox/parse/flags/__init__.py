"""The grammar of docker's options: the words of a command, read as buildx reads them.

``table`` says which options each command has, ``options`` splits words into options, ``fields``
reads values of the form ``NAME=VALUE,NAME=VALUE``. Each option whose value has a form of its own
has a module, which reads the value from a command line and from a bake file alike, and writes it
again in the one spelling that buildx reads in the same way. This package judges nothing: buildx
reports wrong values, and ``checker`` decides which values are allowed.

Source: https://github.com/docker/buildx/tree/v0.29.1/util/buildflags, whose shape this has.
"""

from sandbox.parse.flags.attest import (
    SCANNER,
    SHORT_FORMS,
    Attest,
    read_attest,
    read_attest_option,
    write_attest_option,
)
from sandbox.parse.flags.bake_targets import OPTION_OF_KEY, BakePlan, Target, read_bake_plan
from sandbox.parse.flags.build_argument import (
    BuildArgument,
    read_build_argument,
    write_build_argument,
)
from sandbox.parse.flags.cache import Cache, read_cache, write_cache
from sandbox.parse.flags.fields import (
    Entry,
    Fields,
    is_unseen,
    read_csv,
    read_fields,
    read_switch,
    shown,
    write_switch,
    write_text,
)
from sandbox.parse.flags.mount import Mount, read_mount
from sandbox.parse.flags.named_context import (
    NamedContext,
    image_key,
    read_named_context,
    write_named_context,
)
from sandbox.parse.flags.options import (
    Beginning,
    Option,
    read_beginning,
    read_options,
    without_global_options,
)
from sandbox.parse.flags.output import Output, read_output, write_output
from sandbox.parse.flags.secret import FIELDS as SECRET_FIELDS
from sandbox.parse.flags.secret import Secret, read_secret, write_secret
from sandbox.parse.flags.ssh import Ssh, read_ssh, write_ssh
from sandbox.parse.flags.table import (
    BEGINNINGS,
    FLAGS,
    GLOBAL_FLAGS,
    KINDS,
    Flag,
    beginning_of,
    beginnings_of,
)

__all__ = [
    "BEGINNINGS",
    "FLAGS",
    "GLOBAL_FLAGS",
    "KINDS",
    "OPTION_OF_KEY",
    "SCANNER",
    "SECRET_FIELDS",
    "SHORT_FORMS",
    "Attest",
    "BakePlan",
    "Beginning",
    "BuildArgument",
    "Cache",
    "Entry",
    "Fields",
    "Flag",
    "Mount",
    "NamedContext",
    "Option",
    "Output",
    "Secret",
    "Ssh",
    "Target",
    "beginning_of",
    "beginnings_of",
    "image_key",
    "is_unseen",
    "read_attest",
    "read_attest_option",
    "read_bake_plan",
    "read_beginning",
    "read_build_argument",
    "read_cache",
    "read_csv",
    "read_fields",
    "read_mount",
    "read_named_context",
    "read_options",
    "read_output",
    "read_secret",
    "read_ssh",
    "read_switch",
    "shown",
    "without_global_options",
    "write_attest_option",
    "write_build_argument",
    "write_cache",
    "write_named_context",
    "write_output",
    "write_secret",
    "write_ssh",
    "write_switch",
    "write_text",
]
