// Apart from what every run loads.
export { formats } from '../../core/formats';
