import ArgumentParser
import Foundation
import MartletCore

/// The program's entry: runs a command and turns its error into a message and an exit code.
@main
enum Entry {
    static func main() async {
        // A reader that has gone away (`martlet query … | head`) ends writes with an error, not with a signal.
        signal(SIGPIPE, SIG_IGN)
        keepStandardStreams()
        var json = false
        do {
            var command = try Martlet.parseAsRoot()
            json = (command as? any ProjectCommand)?.options.json ?? false
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as MartletError {
            fail(error.description, code: error.code.description, status: ExitStatus(error.code), json: json)
        } catch let error as SpecificationError {
            fail(error.description, code: "specificationBroken", status: .configuration, json: json, diagnostics: error.diagnostics)
        } catch is CancellationError {
            fail("stopped", code: "cancelled", status: .interrupted, json: json)
        } catch {
            Martlet.exit(withError: error)
        }
    }

    /// Opens those of the three standard streams that are closed, so that no file of the home takes such a number and is
    /// then written to as if it were the terminal.
    private static func keepStandardStreams() {
        var descriptor = open("/dev/null", O_RDWR)
        while (0...STDERR_FILENO).contains(descriptor) { descriptor = open("/dev/null", O_RDWR) }
        if descriptor > STDERR_FILENO { close(descriptor) }
    }

    private static func fail(
        _ message: String, code: String, status: ExitStatus, json: Bool, diagnostics: [Diagnostic] = []
    ) -> Never {
        if json {
            let places = diagnostics.map { fault -> JSONValue in
                [
                    "file": .string(fault.file), "line": .integer(Int64(fault.line)), "column": .integer(Int64(fault.column)),
                    "path": .string(fault.path), "message": .string(fault.message),
                ]
            }
            let error: JSONValue = ["error": ["code": .string(code), "message": .string(message), "diagnostics": .array(places)]]
            Output.error(error.canonicalText)
        } else if diagnostics.isEmpty {
            Output.error("martlet: \(message)")
        } else {
            Output.error(message)
        }
        exit(status.rawValue)
    }
}

/// The exit codes, after BSD's sysexits.
enum ExitStatus: Int32 {
    case failure = 1
    case gateRefused = 3
    case usage = 64
    case data = 65
    case missingInput = 66
    case unavailable = 69
    case software = 70
    case storage = 74
    case locked = 75
    case configuration = 78
    case interrupted = 130

    init(_ code: MartletError.Code) {
        switch code {
        case .invalidInput, .contractBroken, .limitExceeded: self = .data
        case .notFound: self = .missingInput
        case .specificationBroken: self = .configuration
        case .conflict: self = .failure
        case .locked: self = .locked
        case .unavailable, .overloaded: self = .unavailable
        case .storage, .corrupt, .full: self = .storage
        case .gateRefused: self = .gateRefused
        default: self = .software
        }
    }
}
