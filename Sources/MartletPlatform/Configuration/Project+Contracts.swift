import Foundation
import MartletCore
package import MartletData

extension Project {
    /// Reads a dataset's contract. - Throws: `notFound`, or `SpecificationError` with every fault.
    package func contract(of name: String) throws -> Contract {
        guard let dataset = datasets[name] else { throw MartletError(.notFound, "there is no dataset '\(name)'") }
        let path = resolve(dataset.contract)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw MartletError(.notFound, "dataset '\(name)': there is no contract '\(path)'; write it or change 'contract'")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw MartletError(.specificationBroken, "'\(path)' is not UTF-8; save it as such")
        }
        return try Contract.parse(file: path, text: text)
    }

    /// Reads every contract, and throws all their faults together.
    package func checkContracts() throws {
        var faults: [Diagnostic] = []
        for name in datasets.keys.sorted() {
            do {
                _ = try contract(of: name)
            } catch let error as SpecificationError {
                faults += error.diagnostics
            }
        }
        guard faults.isEmpty else { throw SpecificationError(faults) }
    }
}
