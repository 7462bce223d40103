// Whether Excel can hold a number without changing it.
#pragma once

#include <string_view>

namespace weir {

// True for a decimal number, written without an exponent, of at most 15 significant digits: every
// spreadsheet keeps, shows and computes with all of them. False for NaN, Infinity and -Infinity.
bool IsExactDecimal(std::string_view digits);

// True for the text of a finite float in Excel's range, 2.3E-308 to 9.99E+307 and 0. A cell holds
// an IEEE double, so all its digits are kept.
bool IsExactFloat(std::string_view digits);

}  // namespace weir
