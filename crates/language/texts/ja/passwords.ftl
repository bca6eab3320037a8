password-missing = パスワードを入力してください。
password-different = 2 つのパスワードが一致しません。
password-hint = { $least } 文字以上。長いほど安全です。空白も、どの言語の文字も使えます。
password-too-short = { $least } 文字以上で入力してください。
password-too-long = 256 文字以内で入力してください。
password-same-as-identifier = ユーザー名やメールアドレスとは異なるものにしてください。
password-used-before = このパスワードは以前に使われています。新しいものにしてください。

password-weak = このパスワードは推測されやすいものです。単語をあと 1、2 個加えてください。
password-weak-personal = このパスワードには、名前など、ほかの人が知っている情報が含まれています。ご自身と関係のない単語を加えてください。
password-weak-common = 多くの人が使うパスワード、またはそれに似たパスワードです。互いに関係のない単語をいくつか組み合わせてください。
password-weak-keyboard = キーボードで隣り合うキーの並びは推測されやすいものです。代わりに単語をいくつか使ってください。
password-weak-repeats = 繰り返しは推測されやすいものです。代わりに異なる単語を使ってください。
password-weak-sequence = abc や 6543 のような並びは推測されやすいものです。代わりに単語をいくつか使ってください。
password-weak-year = 年は推測されやすいものです。単語をあと 1、2 個加えてください。
password-weak-date = 日付は推測されやすいものです。代わりに単語をいくつか使ってください。
password-weak-single-word = 1 つの単語だけでは推測されやすくなります。単語をあと 1、2 個加えてください。
password-weak-name = 名前は推測されやすいものです。名前ではない単語を加えてください。

password-advice-more-words = 単語をあと 1、2 個加えてください。あまり使われない単語ほど安全です。
password-advice-no-need-for-signs = 大文字、数字、記号は必要ありません。
password-advice-capitals = 大文字にしてもあまり効果はありません。
password-advice-reversal = 単語を逆さにつづっても、推測のされやすさはほとんど変わりません。
password-advice-substitutions = a を @ にするなど、文字を記号に置き換えてもあまり効果はありません。
password-advice-keyboard = キーの並びは避けてください。
password-advice-repeats = 単語や文字の繰り返しは避けてください。
password-advice-sequences = 連続した並びは避けてください。
password-advice-dates = ご自身に関係のある年や日付は避けてください。

password-breached = このパスワードは、攻撃者が最初に試す流出パスワードの一覧に含まれています。別のパスワードを選び、同じものを使っている所ではすべて変更してください。
password-fair = このパスワードは使えます。単語をもう一つ加えると、さらに推測されにくくなります。
password-good = このパスワードは推測されにくいものです。
sign-in-work = 現在、ここで誤ったパスワードが大量に試されています。お使いのブラウザーが先に小さな計算を行います。操作は必要ありません。
sign-in-work-busy = ブラウザーが計算しています。終わり次第サインインします。
sign-in-work-missing = 現在、ここで誤ったパスワードが大量に試されているため、サインインの前にブラウザーが小さな計算を行う必要があります。パスワードをもう一度入力してください。
sign-in-work-script = この計算には JavaScript が必要です。JavaScript を許可してこのページを再読み込みするか、以前サインインしたことのあるブラウザーでサインインするか、1 時間後にもう一度お試しください。
