// wrong_argument.h: which argument is of the wrong type?
//
//   TypeError: Reply() argument 'code' must be int, not str
//
// pybind11 tries the arguments one after the other and says of the whole call
// that it is none of the signatures. No function of ours has two of them, so the
// first argument that cannot be taken is wrong, and its name can be said.
//
// This replaces what pybind11 loads arguments with, wherever a function is bound:
// each file that binds one includes it (bind.h does). Arguments that are missing
// or too many: call_check.h.

#ifndef BINDINGS_PYTHON_WRONG_ARGUMENT_H_
#define BINDINGS_PYTHON_WRONG_ARGUMENT_H_

#include <pybind11/pybind11.h>

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace mailsec::python {

// "Reply", "Reply.to_wire", "log_safe". The GIL is held.
std::string FullName(const pybind11::detail::function_record& function);

// Raises TypeError for the argument `index` of `call`. The GIL is held.
[[noreturn]] void RaiseWrongArgument(
    const pybind11::detail::function_call& call, size_t index);

// True for an argument that None cannot stand for.
template <typename Arg>
inline constexpr bool kNeedsObject =
    std::is_base_of_v<pybind11::detail::type_caster_generic,
                      pybind11::detail::make_caster<Arg>> &&
    !std::is_pointer_v<Arg>;

}  // namespace mailsec::python

namespace pybind11::detail {

template <typename First, typename... Rest>
class argument_loader<First, Rest...> {
  template <typename Arg>
  using IsArgs = std::is_same<intrinsic_t<Arg>, args>;

 public:
  static constexpr bool has_kwargs =
      (std::is_same_v<intrinsic_t<First>, kwargs> || ... ||
       std::is_same_v<intrinsic_t<Rest>, kwargs>);
  static constexpr int args_pos = constexpr_last<IsArgs, First, Rest...>();
  static constexpr auto arg_names =
      concat(type_descr(make_caster<First>::name),
             type_descr(make_caster<Rest>::name)...);

  // False only for an operator, which may know the other operand's type.
  bool load_args(function_call& call) { return Load(call, Indices()); }

  template <typename Return, typename Guard, typename Function>
  std::conditional_t<std::is_void_v<Return>, void_type, Return> call(
      Function&& function) && {
    [[maybe_unused]] const Guard guard{};
    if constexpr (std::is_void_v<Return>) {
      Apply<void>(function, Indices());
      return void_type();
    } else {
      return Apply<std::remove_cv_t<Return>>(function, Indices());
    }
  }

 private:
  using Indices = std::index_sequence_for<First, Rest...>;

  template <size_t... kIndex>
  bool Load(function_call& call, std::index_sequence<kIndex...>) {
    return (LoadOne<kIndex>(call) && ...);
  }

  template <size_t kIndex>
  bool LoadOne(function_call& call) {
    using Arg = std::tuple_element_t<kIndex, std::tuple<First, Rest...>>;
    const handle source = call.args[kIndex];
    const bool is_missing =
        mailsec::python::kNeedsObject<Arg> && source.is_none();
    if (!is_missing &&
        std::get<kIndex>(casters_).load(source, call.args_convert[kIndex])) {
      return true;
    }
    if (call.func.is_operator || call.func.next != nullptr) return false;
    mailsec::python::RaiseWrongArgument(call, kIndex);
  }

  template <typename Return, typename Function, size_t... kIndex>
  Return Apply(Function& function, std::index_sequence<kIndex...>) {
    return function(
        cast_op<std::tuple_element_t<kIndex, std::tuple<First, Rest...>>>(
            std::move(std::get<kIndex>(casters_)))...);
  }

  std::tuple<make_caster<First>, make_caster<Rest>...> casters_;
};

}  // namespace pybind11::detail

#endif  // BINDINGS_PYTHON_WRONG_ARGUMENT_H_
