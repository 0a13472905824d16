// Serves dynalite on a free port of the loopback interface, prints the port,
// and ends with its standard input, so that it does not outlive the test.
const server = require('dynalite')({ createTableMs: 0 })
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.resume().on('end', () => process.exit(0))
