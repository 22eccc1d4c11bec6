import Foundation
import MartletCore

/// A Python environment of the checkout, made by `scripts/setup`.
package enum PythonEnvironment: String, Sendable {
    /// The reference libraries.
    case references = "python-tests"
    /// The clients of other people that talk to the server.
    case clients = "python-clients"
    /// The client of MLflow 2.
    case mlflow2 = "python-mlflow2"
    /// The server of S3.
    case moto = "python-moto"
    /// The cluster that steps run on.
    case ray = "python-ray"
    /// The engine that runs exports.
    case airflow = "python-airflow"

    private var option: String { self == .ray || self == .airflow ? "--cluster" : "--tests" }

    /// The interpreter. - Throws: `unavailable`, with the step of set-up that is missing.
    package func path() throws -> String {
        var folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let python = folder.appending(path: ".deps/\(rawValue)/bin/python").path
            if FileManager.default.isExecutableFile(atPath: python) { return python }
        }
        throw MartletError(.unavailable, "the checkout has no .deps/\(rawValue): run 'scripts/setup \(option)'")
    }
}
