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
    /// Where it is, if it is a file of the project.
    private let path: String?
    private let home: Home

    /// - Throws: `notFound` where the file is not there; `specificationBroken` where there is no such input.
    init(of step: String, _ specification: StepSpecification, in steps: CommandSteps) throws {
        home = steps.platform.home
        path = specification.inputs["rows"].map(steps.platform.project.resolve)
        if let path = specification.inputs["rows"] {
            input = .external(try steps.files.digest(steps.platform.project.place(path)))
            file = (path as NSString).lastPathComponent
        } else if let reference = specification.needs["rows"] {
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

    /// The table as a file, put into a folder where it is an output.
    func path(_ context: StepContext, in folder: String) throws -> String {
        if let path { return path }
        let place = "\(folder)/\(file)"
        try TreeStore(home: home).materialise(try context.input("rows"), at: place, mode: .link)
        return place
    }
}
