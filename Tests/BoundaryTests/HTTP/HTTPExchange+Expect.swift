// SPDX-License-Identifier: Apache-2.0
import Boundary
import Testing

func failure(_ exchange: HTTPExchange) throws -> HTTPExchange.Failure {
    guard case .failed(let failure) = exchange else {
        Issue.record("it was answered: \(exchange)")
        throw CancellationError()
    }
    return failure
}

func answer(_ exchange: HTTPExchange) throws -> HTTPExchange.Answer {
    guard case .answered(let answer) = exchange else {
        Issue.record("it failed: \(exchange)")
        throw CancellationError()
    }
    return answer
}
