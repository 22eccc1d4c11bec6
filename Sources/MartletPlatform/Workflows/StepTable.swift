import Foundation
import MartletCore
import MartletPipeline
import MartletStore

/// The table that a step of Martlet's own reads, its input or need `rows`.
struct StepTable: Sendable {
    /// Where it comes from.
    let input: Step.Input
    /// What its file is called, whose ending says its format.
    let file: String
    /// Where it is, if it is a file of the project and one for all instances: the step's `paths`.
    let paths: [String: String]
    private let files: ProjectFiles
    private let home: Home

    /// - Throws: `notFound` where the file is not there; `specificationBroken` where there is no such input.
    init(of step: String, _ specification: StepSpecification, in steps: CommandSteps) throws {
        (files, home) = (steps.files, steps.platform.home)
        if let input = try steps.file("rows", of: step, specification) {
            self.input = input
            paths = try steps.wholePaths(of: specification)
            file = ((specification.inputs["rows"] ?? "") as NSString).lastPathComponent
        } else if let reference = specification.needs["rows"] {
            paths = [:]
            input = .output(step: reference.step, name: reference.output)
            file = steps.fileName(reference)
        } else {
            throw MartletError(
                .specificationBroken,
                "step '\(step)' reads a table: name it 'rows', under 'inputs' for a file or under 'needs' for an output")
        }
    }

    /// `nil` where the step names no table. - Throws: `notFound`.
    init?(givenTo step: String, _ specification: StepSpecification, in steps: CommandSteps) throws {
        guard specification.inputs["rows"] != nil || specification.needs["rows"] != nil else { return nil }
        try self.init(of: step, specification, in: steps)
    }

    /// Reads the table as the step's key says it is.
    /// - Parameter body: given the table's path, and a folder of its own that is gone afterwards.
    /// - Throws: `StepFailure` where the file is another meanwhile and the home does not keep what it was.
    func reading<Result>(_ context: StepContext, _ body: (_ path: String, _ folder: String) throws -> Result) throws -> Result {
        let digest = try context.input("rows")
        let folder = "\(home.temporaryPath)/\(UUID().uuidString)"
        try Directory.create(folder)
        // What stays is removed with the home's other unfinished work.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let trees = TreeStore(home: home)
        // A file of the project may be too large to be kept; all others are there, or an error says so.
        let path = try path(of: context.id)
        if let path, try trees.content(digest) == nil {
            let result = try body(path, folder)
            guard try files.digest(path) == digest else {
                throw StepFailure(.refused, "the input 'rows' ('\(path)') changed while step '\(context.id)' read it; run it again")
            }
            return result
        }
        let place = "\(folder)/\(((path ?? file) as NSString).lastPathComponent)"
        try trees.materialise(digest, at: place, mode: .link)
        return try body(place, folder)
    }

    /// Where it is, if it is a file of the project.
    private func path(of id: StepID) throws -> String? {
        guard case .file(let pattern) = input else { return paths["rows"] }
        return try pattern.path(of: id.partition.values)
    }
}
