/**
 * Layouts written out, interface by interface: IF is an ordinary interface, EO is EFA-only, then card/device. From the
 * table of the module efa-networkinterfaces-generator of awslabs/ai-on-eks and the generic rule of AWS.
 */
export const LAYOUTS: readonly (readonly [
  machine: string,
  layout: "ip-optimized" | "bandwidth-optimized",
  text: string,
])[] = [
  [
    "g6e.24xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/0
    `,
  ],
  [
    "g6e.48xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/0 EO2/0 EO3/0
    `,
  ],
  [
    "g7e.24xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/0
    `,
  ],
  [
    "g7e.48xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/0 EO2/0 EO3/0
    `,
  ],
  [
    "p4d.24xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/0 EO2/0 EO3/0
    `,
  ],
  [
    "p4de.24xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/0 EO2/0 EO3/0
    `,
  ],
  [
    "p5.48xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/1 EO2/1 EO3/1 EO4/1 EO5/1 EO6/1 EO7/1 EO8/1 EO9/1 EO10/1 EO11/1 EO12/1 EO13/1
      EO14/1 EO15/1 EO16/1 EO17/1 EO18/1 EO19/1 EO20/1 EO21/1 EO22/1 EO23/1 EO24/1 EO25/1 EO26/1
      EO27/1 EO28/1 EO29/1 EO30/1 EO31/1
    `,
  ],
  [
    "p5.48xlarge",
    "bandwidth-optimized",
    `
      IF0/0 EO0/1 EO1/0 EO2/0 EO3/0 EO4/0 IF4/1 EO5/0 EO6/0 EO7/0 EO8/0 IF8/1 EO9/0 EO10/0 EO11/0
      EO12/0 IF12/1 EO13/0 EO14/0 EO15/0 EO16/0 IF16/1 EO17/0 EO18/0 EO19/0 EO20/0 IF20/1 EO21/0
      EO22/0 EO23/0 EO24/0 IF24/1 EO25/0 EO26/0 EO27/0 EO28/0 IF28/1 EO29/0 EO30/0 EO31/0
    `,
  ],
  [
    "p5e.48xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/1 EO2/1 EO3/1 EO4/1 EO5/1 EO6/1 EO7/1 EO8/1 EO9/1 EO10/1 EO11/1 EO12/1 EO13/1
      EO14/1 EO15/1 EO16/1 EO17/1 EO18/1 EO19/1 EO20/1 EO21/1 EO22/1 EO23/1 EO24/1 EO25/1 EO26/1
      EO27/1 EO28/1 EO29/1 EO30/1 EO31/1
    `,
  ],
  [
    "p5e.48xlarge",
    "bandwidth-optimized",
    `
      IF0/0 EO0/1 EO1/0 EO2/0 EO3/0 EO4/0 IF4/1 EO5/0 EO6/0 EO7/0 EO8/0 IF8/1 EO9/0 EO10/0 EO11/0
      EO12/0 IF12/1 EO13/0 EO14/0 EO15/0 EO16/0 IF16/1 EO17/0 EO18/0 EO19/0 EO20/0 IF20/1 EO21/0
      EO22/0 EO23/0 EO24/0 IF24/1 EO25/0 EO26/0 EO27/0 EO28/0 IF28/1 EO29/0 EO30/0 EO31/0
    `,
  ],
  [
    "p5en.48xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/1 EO2/1 EO3/1 EO4/1 EO5/1 EO6/1 EO7/1 EO8/1 EO9/1 EO10/1 EO11/1 EO12/1 EO13/1
      EO14/1 EO15/1
    `,
  ],
  [
    "p5en.48xlarge",
    "bandwidth-optimized",
    `
      IF0/0 EO0/2 EO1/2 IF2/1 EO2/2 EO3/2 IF4/1 EO4/2 EO5/2 IF6/1 EO6/2 EO7/2 IF8/1 EO8/2 EO9/2 IF10/1
      EO10/2 EO11/2 IF12/1 EO12/2 EO13/2 IF14/1 EO14/2 EO15/2
    `,
  ],
  [
    "p6-b200.48xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/1 EO2/1 EO3/1 EO4/1 EO5/1 EO6/1 EO7/1
    `,
  ],
  [
    "p6-b200.48xlarge",
    "bandwidth-optimized",
    `
      IF0/0 EO0/2 IF1/1 EO1/2 IF2/1 EO2/2 IF3/1 EO3/2 IF4/1 EO4/2 IF5/1 EO5/2 IF6/1 EO6/2 IF7/1 EO7/2
    `,
  ],
  [
    "p6-b300.48xlarge",
    "ip-optimized",
    `
      IF0/0 EO1/1 EO2/1 EO3/1 EO4/1 EO5/1 EO6/1 EO7/1 EO8/1 EO9/1 EO10/1 EO11/1 EO12/1 EO13/1 EO14/1
      EO15/1 EO16/1
    `,
  ],
  [
    "p6-b300.48xlarge",
    "bandwidth-optimized",
    `
      IF0/0 EO1/0 IF1/1 EO2/0 IF2/1 EO3/0 IF3/1 EO4/0 IF4/1 EO5/0 IF5/1 EO6/0 IF6/1 EO7/0 IF7/1 EO8/0
      IF8/1 EO9/0 IF9/1 EO10/0 IF10/1 EO11/0 IF11/1 EO12/0 IF12/1 EO13/0 IF13/1 EO14/0 IF14/1 EO15/0
      IF15/1 EO16/0 IF16/1
    `,
  ],
  [
    "trn1.32xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/0 EO2/0 EO3/0 EO4/0 EO5/0 EO6/0 EO7/0
    `,
  ],
  [
    "trn1n.32xlarge",
    "ip-optimized",
    `
      IF0/0 EO0/1 EO1/0 EO2/0 EO3/0 EO4/0 EO5/0 EO6/0 EO7/0 EO8/0 EO9/0 EO10/0 EO11/0 EO12/0 EO13/0
      EO14/0 EO15/0
    `,
  ],
  [
    "p6e-gb200.36xlarge",
    "ip-optimized",
    `
      IF0/0 EO1/1 EO5/1 EO9/1 EO13/1
    `,
  ],
  [
    "p6e-gb200.36xlarge",
    "bandwidth-optimized",
    `
      IF0/0 EO1/2 IF2/1 EO5/2 IF6/1 EO9/2 IF10/1 EO13/2 IF14/1
    `,
  ],
];
