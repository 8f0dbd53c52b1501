export default class { render() { return 'x'; } }
