import Foundation
import MartletCore
import MartletData
import MartletPipeline
import MartletStore
import Synchronization

/// Says why a step is stale to the changed line or column: where its key differs by digests, what those stand for is compared.
final class KeyExplainer: Sendable {
    /// The most lines on one step; one more says how many are left.
    static let lineCountMax = 10
    /// The most differences that are remembered, as those of a file that many steps read.
    static let knownCountMax = 10_000

    private struct Known: Hashable {
        let name: String
        let old: Digest
        let new: Digest
    }

    private let platform: Platform
    private let files: ProjectFiles
    private let difference: ContentDifference
    private let known = Mutex<[Known: [String]]>([:])

    init(_ platform: Platform, _ files: ProjectFiles) {
        self.platform = platform
        self.files = files
        difference = ContentDifference(home: platform.home)
    }

    /// Why a step with a key is not what it was, in words.
    func words(_ step: Step, _ key: StepKey, _ earlier: JSONValue) -> [String] {
        let lines = key.differences(from: earlier) { path, old, new in self.words(step, path, old, new) }
        let more = lines.count - Self.lineCountMax
        return lines.prefix(Self.lineCountMax) + (more > 0 ? ["and \(more) more \(more == 1 ? "change" : "changes")"] : [])
    }

    private func words(_ step: Step, _ path: [String], _ old: JSONValue, _ new: JSONValue) -> [String]? {
        switch (path.first, path.dropFirst().first, path.count) {
        case ("code", "files", 3), ("code", "locks", 3): file(path[2], old, new)
        case ("code", "run", 2): command(old, new)
        case ("inputs", let name?, 2...): input(step, name, path, old, new)
        case ("environment", "interpreters", 3): InterpreterDifference.words(path[2], old: old.string, new: new.string)
        case ("environment", let engine?, 2): self.engine(engine, old, new)
        default: nil
        }
    }

    // MARK: Code

    private func file(_ name: String, _ old: JSONValue, _ new: JSONValue) -> [String]? {
        guard let before = Self.digest(old) else { return ["\(name) is new among the files that it is made of"] }
        guard let after = Self.digest(new) else { return ["\(name) is no longer one of the files that it is made of"] }
        return compare(name, file: name, before, after, path: platform.project.place(name))
    }

    private func command(_ old: JSONValue, _ new: JSONValue) -> [String]? {
        guard let before = Self.text(old), let after = Self.text(new) else { return nil }
        guard before.contains("\n") || after.contains("\n") else { return ["the command: '\(before)' → '\(after)'"] }
        return LineDifference.summary(old: before, new: after, name: "the command", limit: ContentDifference.lineCountMax)
    }

    /// What is run, where it is a text or words.
    private static func text(_ value: JSONValue) -> String? {
        if let text = value.string { return text }
        guard let words = value.array?.compactMap(\.string), !words.isEmpty else { return nil }
        return words.joined(separator: " ")
    }

    private func engine(_ name: String, _ old: JSONValue, _ new: JSONValue) -> [String]? {
        guard let before = Self.digest(old), let after = Self.digest(new) else { return nil }
        return ["the engine \(name) is another build: \(before.short) → \(after.short)"]
    }

    // MARK: Inputs

    /// An input, or that of one instance where several are joined.
    private func input(_ step: Step, _ name: String, _ path: [String], _ old: JSONValue, _ new: JSONValue) -> [String]? {
        let label = path.joined(separator: ".") + ownFile(step, name)
        guard let after = Self.digest(new) else { return Self.digest(old) == nil ? nil : ["\(label): there is none any more"] }
        guard let before = Self.digest(old) else {
            if case .null = old { return ["\(label) is new: \(after.short)"] }
            return nil
        }
        let dataset = platform.project.datasets.first { ProjectPipeline.stepName("dataset", $0.key) == step.name }?.value
        let file = fileName(step, name, dataset)
        return compare(
            label, file: file, table: name == "source" ? dataset?.table : nil, before, after, path: step.paths[name],
            given: name == "contract" ? contract(of: step) : nil)
    }

    /// Which file it is, where each instance has its own.
    private func ownFile(_ step: Step, _ input: String) -> String {
        guard case .file? = step.inputs[input], let path = step.paths[input] else { return "" }
        let folder = platform.project.absoluteFolder + "/"
        return " (\(path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path))"
    }

    /// What the file of an input is called.
    private func fileName(_ step: Step, _ input: String, _ dataset: DatasetSpecification?) -> String {
        if let path = step.paths[input] { return (path as NSString).lastPathComponent }
        if input == "source", let dataset { return (dataset.source as NSString).lastPathComponent }
        guard case .command(let command) = step.work, let name = command.inputNames[input] else { return input }
        return name.hasSuffix("/") ? String(name.dropLast()) : name
    }

    /// The contract of a dataset as its digest means it: the home holds that of a snapshot alone.
    private func contract(of step: Step) -> [UInt8]? {
        let name = platform.project.datasets.keys.first { ProjectPipeline.stepName("dataset", $0) == step.name }
        // One that cannot be read any more has no words; its step says so when it runs.
        guard let name, let value = try? JSONValue(encoding: platform.project.contract(of: name)) else { return nil }
        return Array(value.canonicalText.utf8)
    }

    // MARK: Both

    private static func digest(_ value: JSONValue) -> Digest? { value.string.flatMap(Digest.init) }

    private func compare(
        _ name: String, file: String, table: String? = nil, _ old: Digest, _ new: Digest, path: String?, given: [UInt8]? = nil
    ) -> [String] {
        let key = Known(name: name, old: old, new: new)
        if let words = known.withLock({ $0[key] }) { return words }
        let words = difference.words(
            name, file: file, table: table, old: ComparedContent(digest: old, home: platform.home),
            new: ComparedContent(digest: new, home: platform.home, path: path, files: files, given: given))
        known.withLock { known in
            if known.count >= Self.knownCountMax { known.removeAll() }
            known[key] = words
        }
        return words
    }
}
