"""The command `export`: write a model as an ONNX file."""

import argparse

from super_resolution import cli, errors
from super_resolution.console import print_line
from super_resolution.network.presets import SHIPPED

USAGE = f"""Write a model as an ONNX file, for other programs.

  super-resolution export {SHIPPED} model.onnx

Input: float32 `bits` (batch, steps, width), as the model's preset encodes samples.
Output: float32 `high` (batch, frames), in units of the model's scale.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    cli.add_models_folder(parser)
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("output", type=cli.file_name, metavar="FILE", help="the ONNX file")
    parser.add_argument("--force", action="store_true", help="replace FILE")


def run(args: argparse.Namespace) -> None:
    """Write the file."""
    from super_resolution.engines.onnx_engines import onnx_content
    from super_resolution.files import replacing
    from super_resolution.network import saved_model

    if args.output.exists() and not args.force:
        raise errors.UsageError(f"{args.output} exists: --force replaces it")
    folder = saved_model.find(args.models, args.model)
    model = saved_model.load(folder)
    content = onnx_content(model, saved_model.load_weights(folder, model))
    with replacing(args.output) as part:
        part.write_bytes(content)
    print_line(f"{args.output}: {len(content) / 1e6:.1f} MB, scale {model.scale:g} LSB")
