// Bundled with the scripts that draw charts.
declare const vegaEmbed: (
  node: Element,
  spec: object,
  options: object,
) => Promise<{ view: import("../../seggwat_nb/web/chart.js").View; finalize: () => void }>;
