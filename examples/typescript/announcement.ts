// Stands for whatever else the program has: a DNS record, a cache that is cleared, a message to a channel.
import * as pulumi from "@pulumi/pulumi";

/** Says something once what it depends on is there. */
export class Announcement extends pulumi.ComponentResource {
  readonly text: pulumi.Output<string>;

  constructor(
    name: string,
    args: { readonly text: pulumi.Input<string> },
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("notes:index:Announcement", name, args, options);
    this.text = pulumi.output(args.text);
    this.registerOutputs({ text: this.text });
  }
}
