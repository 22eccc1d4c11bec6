import ArgumentParser
import Foundation

/// What every command that listens takes for the names that it answers to.
struct HostOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What clients may call it beside localhost, private addresses and --host: a.example,*.b.example; by default "
                + "$MLFLOW_SERVER_ALLOWED_HOSTS.", valueName: "names"))
    var allowedHosts: String?

    func validate() throws {
        for name in names where !name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._:*[]".contains($0)) }) {
            throw ValidationError("--allowed-hosts: expected names like a.example, *.b.example or c.example:5000, found '\(name)'")
        }
    }

    /// What clients may call it, beside what they always may.
    var names: [String] {
        let names = allowedHosts ?? ProcessInfo.processInfo.environment["MLFLOW_SERVER_ALLOWED_HOSTS"] ?? ""
        return names.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
