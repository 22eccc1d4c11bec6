import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletInference

@Suite(.serialized) struct PythonEnvironmentsTests {
    private static let python = "/usr/bin/python3.11"

    private func withPlace<Answer>(
        requirements: String?, _ change: (inout PythonConfiguration) -> Void = { _ in },
        _ body: (PythonEnvironments, _ folder: String, _ said: Gathering<String>) throws -> Answer
    ) throws -> Answer {
        try withTemporaryFolder { folder in
            if let requirements { try Data(requirements.utf8).write(to: URL(filePath: "\(folder)/requirements.txt")) }
            var configuration = PythonConfiguration(environmentsFolder: "\(folder)/made")
            configuration.interpreter = Self.python
            change(&configuration)
            let said = Gathering<String>()
            return try body(PythonEnvironments(configuration) { said.add($0) }, folder, said)
        }
    }

    @Test func `an environment is made once, and anew where its making was cut off`() throws {
        // Requirements of nothing: pip runs and fetches nothing.
        try withPlace(requirements: "# nothing\n") { environments, folder, said in
            let python = try environments.interpreter(forModelIn: folder, named: "m")
            #expect(FileManager.default.isExecutableFile(atPath: python))
            #expect(said.take().contains { $0.contains("the environment is made") })
            let again = try environments.interpreter(forModelIn: folder, named: "m")
            #expect(again == python)
            #expect(said.take().isEmpty, "it was there")
            let place = URL(filePath: python).deletingLastPathComponent().deletingLastPathComponent()
            try FileManager.default.removeItem(at: place.appending(path: "martlet-ready"))
            try Data().write(to: place.appending(path: "half"))
            let third = try environments.interpreter(forModelIn: folder, named: "m")
            #expect(third == python)
            #expect(!FileManager.default.fileExists(atPath: place.appending(path: "half").path))
        }
    }

    @Test func `what cannot be installed is refused, and nothing is left`() throws {
        try withPlace(requirements: "./no-such-folder\n") { environments, folder, said in
            let error = try #require(throws: MartletError.self) { try environments.interpreter(forModelIn: folder, named: "m") }
            #expect(error.code == .unavailable && error.message.contains("ended with status 1"), "\(error)")
            #expect(error.description.contains("no-such-folder"))
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/made").filter { !$0.hasSuffix(".lock") }
            #expect(left.isEmpty)
        }
    }

    @Test func `making an environment has a time`() throws {
        try withPlace(requirements: "# nothing\n") {
            $0.buildSeconds = 0.1
        } _: { environments, folder, _ in
            let error = try #require(throws: MartletError.self) { try environments.interpreter(forModelIn: folder, named: "m") }
            #expect(error.code == .expired && error.message.contains("raise build_seconds"), "\(error)")
        }
    }

    @Test func `without requirements or an interpreter there is none`() throws {
        try withPlace(requirements: nil) { environments, folder, _ in
            let error = try #require(throws: MartletError.self) { try environments.interpreter(forModelIn: folder, named: "m") }
            #expect(error.code == .notFound && error.message.contains("name an environment with python_environment"))
        }
        try withPlace(requirements: "") {
            $0.interpreter = "no-such-python"
        } _: { environments, folder, _ in
            let error = try #require(throws: MartletError.self) { try environments.interpreter(forModelIn: folder, named: "m") }
            #expect(error.code == .unavailable && error.message.contains("there is no interpreter 'no-such-python'"))
        }
    }
}
