import { LabIcon } from '@jupyterlab/ui-components';

/** A meter's dial. */
export const meterIcon = new LabIcon({
  name: 'greenlab:meter',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
    <path class="jp-icon3" stroke="#616161" d="M4.6 18.5a9 9 0 1 1 14.8 0"/>
    <path class="jp-icon3" stroke="#616161" d="M12 14l4-5"/>
    <path class="jp-icon3" stroke="#616161" d="M12 5.5v1.5M5.2 13.5h1.3M17.5 13.5h1.3"/>
  </g>
  <circle class="jp-icon3" fill="#616161" cx="12" cy="14.5" r="2"/>
</svg>`
});
